"""Who does the work. Kept free of imports: the supervisor loads this package before every run."""
