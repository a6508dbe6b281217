-- Grain: area, month and vintage.
-- Steps: households on the register at the end of the month before and of this one, and why those between came and
-- left. opening + first_reported + entered + returned - exited - closed + moved, split and merged in - moved, split
-- and merged out = closing.
select
    movements.area_kind,
    movements.area_code,
    cuts.month,
    cuts.vintage,
    cuts.state_on,
    movements.opening,
    movements.first_reported,
    movements.entered,
    movements.returned,
    movements.exited,
    movements.closed,
    movements.moved_in,
    movements.moved_out,
    movements.split_in,
    movements.split_out,
    movements.merged_in,
    movements.merged_out,
    movements.closing,
    movements.late_entries,
    movements.late_exits
from {{ ref('int_movements') }} as movements
inner join {{ ref('int_cuts') }} as cuts
    on movements.cut_id = cuts.cut_id
