"""One số/ký hiệu: parsed, compared, and found in text, also where the recogniser damaged it."""

from ocr_pipeline.symbols.finding import SymbolMatch, find_symbols, marks_of, parse_symbol
from ocr_pipeline.symbols.form import Symbol, symbol_key
from ocr_pipeline.symbols.repair import Marks

__all__ = ["Marks", "Symbol", "SymbolMatch", "find_symbols", "marks_of", "parse_symbol", "symbol_key"]
