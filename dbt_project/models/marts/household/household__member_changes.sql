-- Grain: household, member, day spoken for and change.
-- Steps: who joined, left or became head, with label. The day of a birth is not shown: it is a birth date.
select
    changes.household_key,
    cast(changes.person_no as integer) as person_no,
    changes.as_of,
    case changes.change
        when 'change' then coalesce(labels.label_en, 'changed')
        when 'new_head' then 'became head'
        else 'no longer reported'
    end as change,
    case
        when changes.change_kind like '1%' then 'joined'
        when changes.change_kind like '2%' or changes.change = 'closed' then 'left'
        else 'stayed'
    end as effect,
    case when coalesce(changes.change_kind, '') <> '11' then changes.changed_on end as changed_on,
    changes.attempt_id,
    changes.known_at
from {{ ref('int_member_changes') }} as changes
left join {{ ref('stg_lists__code_lists') }} as labels
    on changes.change_kind = labels.code and labels.list = 'person_change'
