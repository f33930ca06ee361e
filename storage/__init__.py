"""Where rows live: tables, the unit of work, repositories and report queries."""
