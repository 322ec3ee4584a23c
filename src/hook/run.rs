//! Owns the writing of the hook file and taking it away again.
