"""Drafting: rules read a document and propose rows of its record, each with its quote; a curator decides."""
