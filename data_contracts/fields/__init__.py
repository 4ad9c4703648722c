"""Every column once, a file per table family. Import the family, not this package."""
