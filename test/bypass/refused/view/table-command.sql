-- TABLE is SELECT *.
TABLE noisy_view
