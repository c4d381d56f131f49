"""The database below the registry: address, tables, transactions, migrations, the lock."""
