"""Numbers: gamma distributions, digamma, threads, random generators."""
