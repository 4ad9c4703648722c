"""Every column, defined once; one file per table family. Import the family, not this package."""
