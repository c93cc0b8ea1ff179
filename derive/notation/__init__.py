"""How mathematics is written and read: one notation object drives the printer, the tokenizer and the parser."""
