"""The pages of the morning board: facts by office and area, charts as inline SVG, and what is written of them."""
