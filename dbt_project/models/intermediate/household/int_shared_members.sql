-- Grain: open cut, household and member whose resident number is that of a member of another household at the cut.
-- Steps: 1. numbers that came in more than one household, as keyed hashes that no table keeps; 2. the number last told
-- of each of these members by the cut, and since when it was told of them; 3. members of different households under
-- one number, without those whom a data officer found to be different persons by the cut; 4. the one household, and
-- the one member of it should the number stand there twice, in which the person counts in the figures of areas: one
-- that is registered, since these figures count no other; of these that of the county to which a data officer found the
-- person to belong, then one in need, then the one that told of the person for the earliest day, was the first to be
-- known, and has the smaller key.
with

told as (
    {{ told_person_keys() | indent(4) }}
),

met as (
    select person_key
    from told
    group by person_key
    having min(household_key) <> max(household_key)
),

suspects as (
    select distinct
        told.household_key,
        told.person_no
    from told
    inner join met
        on told.person_key = met.person_key
),

visible as (
    select
        cuts.cut_id,
        told.household_key,
        told.person_no,
        told.person_key,
        min(told.as_of) as told_of_on,
        min(told.known_at) as told_at,
        max((told.as_of, told.known_at, told.number, told.row)) as last_told
    from told
    inner join suspects
        on told.household_key = suspects.household_key and told.person_no = suspects.person_no
    inner join {{ ref('int_open_cuts') }} as cuts
        on told.as_of <= cuts.state_on and told.known_at <= cuts.known_by
    group by cuts.cut_id, told.household_key, told.person_no, told.person_key
),

numbers as (
    select
        cut_id,
        household_key,
        person_no,
        max_by(person_key, last_told) as person_key,
        max_by(told_of_on, last_told) as told_of_on,
        max_by(told_at, last_told) as told_at
    from visible
    group by cut_id, household_key, person_no
),

decided_findings as (
    select
        match_id,
        answer,
        belongs_to,
        night,
        {{ explode_list("array_to_string(findings, ',')") }} as finding_id
    from {{ ref('stg_ledger__match_decisions') }}
),

decided as (
    select distinct
        decided_findings.match_id,
        decided_findings.answer,
        decided_findings.belongs_to,
        decided_findings.night,
        findings.county_id,
        findings.household_key,
        try_cast(split_part(findings.row_key, '|', -1) as bigint) as person_no
    from decided_findings
    inner join {{ ref('stg_ledger__findings_check') }} as findings
        on decided_findings.finding_id = findings.finding_id
    where findings.rule = 'person-in-two-households'
),

owners as (
    select
        household_key,
        person_no,
        min(night) as night
    from decided
    where answer = 'same_person' and belongs_to = county_id
    group by household_key, person_no
),

ranked as (
    select
        numbers.cut_id,
        numbers.household_key,
        numbers.person_no,
        numbers.person_key,
        cuts.known_by,
        row_number() over (
            partition by numbers.cut_id, numbers.person_key
            order by
                status.status not in ('applicant', 'refused') desc,
                owners.household_key is not null desc,
                status.in_need desc,
                numbers.told_of_on asc,
                numbers.told_at asc,
                numbers.household_key asc,
                numbers.person_no asc
        ) as place_in_order
    from numbers
    inner join {{ ref('int_open_cuts') }} as cuts
        on numbers.cut_id = cuts.cut_id
    inner join {{ ref('int_persons') }} as persons
        on
            numbers.cut_id = persons.cut_id
            and numbers.household_key = persons.household_key
            and numbers.person_no = persons.person_no
    inner join {{ ref('int_household_status') }} as status
        on numbers.cut_id = status.cut_id and numbers.household_key = status.household_key
    left join owners
        on
            numbers.household_key = owners.household_key
            and numbers.person_no = owners.person_no
            and cast(cuts.known_by as date) >= owners.night
    where persons.is_member
),

met_at_cuts as (
    select
        one.cut_id,
        one.household_key,
        one.person_no,
        one.place_in_order,
        other.household_key as other_household_key,
        other.place_in_order as other_place_in_order
    from ranked as one
    inner join ranked as other
        on
            one.cut_id = other.cut_id
            and one.person_key = other.person_key
            and one.place_in_order <> other.place_in_order
    left join decided as one_decided
        on
            one.household_key = one_decided.household_key
            and one.person_no = one_decided.person_no
            and one_decided.answer = 'different_persons'
            and cast(one.known_by as date) >= one_decided.night
    left join decided as other_decided
        on
            other.household_key = other_decided.household_key
            and other.person_no = other_decided.person_no
            and one_decided.match_id = other_decided.match_id
            and other_decided.answer = 'different_persons'
            and cast(other.known_by as date) >= other_decided.night
    group by all
    having count(other_decided.match_id) = 0
)

select
    cut_id,
    household_key,
    person_no,
    min(other_place_in_order) > place_in_order as counts_here
from met_at_cuts
group by cut_id, household_key, person_no, place_in_order
having bool_or(other_household_key <> household_key)
