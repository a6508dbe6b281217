-- received = accepted + held + rejected, for every attempt and dataset.
select
    attempt_id,
    dataset,
    received,
    accepted,
    held,
    rejected
from {{ ref('quality__attempt_datasets') }}
where not coalesce(conserved, false)
