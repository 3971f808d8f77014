"""Writers of a portfolio as a file: pure, from a book with names in it to text. Reading back is the importers' part."""
