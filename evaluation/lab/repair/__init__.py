"""Repairs proven on real failures: a fault runs, the product diagnoses it and repairs it, and it runs again.

A fault's own repair and knob stay out of it. They say which variants a property can repair, and the truth says
afterwards whether the cause was named right; what is applied is what the diagnosis of the run's logs advises.
"""
