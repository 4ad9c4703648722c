"""Prove repairs on real failures: a fault runs, the product diagnoses and repairs it, and it runs again.

A fault's own repair and knob are not used for that. They only say which variants a property can repair, and the truth
says afterwards whether the cause was right; what is applied is what the diagnosis of the run's logs advises.
"""
