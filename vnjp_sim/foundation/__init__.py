"""What everything stands on: errors, words, random streams, and the files of the package."""
