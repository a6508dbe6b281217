-- Grain: one held row of a file.
-- Steps: rows of every dataset up to the night; the key by which findings name the row. A view.
{{ stage_row_keys('held') }}
