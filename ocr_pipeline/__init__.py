"""Vietnamese directives: from scan to text and structured data."""
