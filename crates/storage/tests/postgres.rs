//! The facts on PostgreSQL.
