-- Grain: area and measure, on the night.
-- Steps: 1. offers by where they stand as household_measures shows them: one that was accepted and turned down later
-- stays accepted; 2. of the nation alone, what is true: how many wait for an answer and how many were turned down;
-- 3. both are told where each reaches the smallest cell, and so does what they have more than the offers shown as not
-- accepted (or that is nothing), so that nobody's answer can be told from the households that were made the offer.
with

counted as (
    select
        areas.area_kind,
        areas.area_code,
        offers.measure_code,
        count(*) as offers,
        count(*) filter (where offers.standing = 'offered') as not_accepted,
        count(*) filter (where offers.standing = 'accepted') as under_way,
        count(*) filter (where offers.standing = 'delivered') as delivered,
        coalesce(sum(offers.amount) filter (where offers.standing = 'delivered'), 0) as amount_delivered
    from {{ ref('int_shown_offers') }} as offers
    inner join {{ ref('int_households') }} as households
        on offers.household_key = households.household_key and households.cut_id = 'night'
    inner join {{ ref('int_place_areas') }} as areas
        on households.cut_id = areas.cut_id and households.place_code = areas.place_code
    group by areas.area_kind, areas.area_code, offers.measure_code
),

answers as (
    select
        'nation' as area_kind,
        measure_code,
        count(*) filter (where standing = 'offered') as waiting,
        count(*) filter (where standing = 'not_taken_up') as not_taken_up
    from {{ ref('int_household_offers') }}
    group by measure_code
),

judged as (
    select
        counted.*,
        answers.waiting,
        answers.not_taken_up,
        least(answers.waiting, answers.not_taken_up) >= {{ national_standard('suppression_min_cell') }}
        and (
            answers.waiting + answers.not_taken_up = counted.not_accepted
            or answers.waiting + answers.not_taken_up - counted.not_accepted
            >= {{ national_standard('suppression_min_cell') }}
        ) as answers_shown
    from counted
    left join answers
        on counted.area_kind = answers.area_kind and counted.measure_code = answers.measure_code
)

select
    area_kind,
    area_code,
    measure_code,
    cast(offers as bigint) as offers,
    cast(not_accepted as bigint) as not_accepted,
    cast(case when answers_shown then waiting end as bigint) as waiting,
    cast(under_way as bigint) as under_way,
    cast(delivered as bigint) as delivered,
    cast(case when answers_shown then not_taken_up end as bigint) as not_taken_up,
    cast(amount_delivered as decimal(18, 2)) as amount_delivered
from judged
