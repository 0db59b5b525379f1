"""One số/ký hiệu: parsed, compared, and found in text, also where the recogniser damaged it."""

from ocr_pipeline.symbols.finding import SymbolMatch, find_symbols, parse_symbol
from ocr_pipeline.symbols.form import Symbol, symbol_key

__all__ = ["Symbol", "SymbolMatch", "find_symbols", "parse_symbol", "symbol_key"]
