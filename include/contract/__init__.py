"""What may be sent: one ODCS contract for each dataset, code lists, forbidden columns, versions.

Everything that needs a column, a type or a code asks here; nothing states one twice.
"""

from include.contract.model import (
    ACCEPTED_VERSIONS,
    COMMON_COLUMNS,
    CURRENT_VERSION,
    Code,
    CodeList,
    Column,
    Contract,
    code_lists,
    contract,
    contracts,
    forbidden_headers,
    header_aliases,
    load_yaml,
    normalise_header,
)

__all__ = [
    "ACCEPTED_VERSIONS",
    "COMMON_COLUMNS",
    "CURRENT_VERSION",
    "Code",
    "CodeList",
    "Column",
    "Contract",
    "code_lists",
    "contract",
    "contracts",
    "forbidden_headers",
    "header_aliases",
    "load_yaml",
    "normalise_header",
]
