"""Which metric and series a query reads: filters, ids, derived metrics, look-ups."""
