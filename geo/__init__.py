"""The science of coverage: codes, coordinates, spreadsheets, the store and the assessment. Knows no HTML."""
