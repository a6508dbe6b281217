-- Relocation, work away from home and language classes are offers by the household's own choice; cause 11 (cause not
-- established) drives nothing above advice.
select
    household_key,
    measure_code,
    condition_code,
    offer
from {{ ref('household__recommended_measures') }}
where offer = 'must_offer' and (needs_agreement or (condition_kind = 'cause' and condition_code = '11'))
