"""The written part of a dossier: one model of sections, tables and pictures, printed as DOCX and as PDF.

`model` says what a paper is, `wording` how figures become sentences, `content` and the modules beside it
what the report says; `docx` and `pdf` print any paper and say the same.
"""
