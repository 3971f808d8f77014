"""Assets, their prices and exchange rates.

What a provider publishes is global and lives under the public tenant; custom assets and prices a user enters
belong to the user's tenant and, on their day, stand before the public ones. Closes are kept as traded.
"""
