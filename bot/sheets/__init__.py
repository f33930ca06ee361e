"""Tables as files: CSV, XLSX, Parquet."""
