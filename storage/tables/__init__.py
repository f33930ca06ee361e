"""The tables. Nothing outside ``storage`` sees them."""
