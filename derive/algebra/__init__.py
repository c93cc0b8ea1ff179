"""Index calculus: expression trees and their rewriting.  Knows nothing of networks."""
