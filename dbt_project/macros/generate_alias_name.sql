{# A mart's file is <schema>__<table>.sql, because seeds and marts share names (zones, standards); its table is <table>. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}
{% if custom_alias_name %}
    {{ return(custom_alias_name | trim) }}
{% elif node.resource_type == 'model' and 'marts' in node.fqn %}
    {{ return(node.name.split('__')[1]) }}
{% else %}
    {{ return(node.name) }}
{% endif %}
{% endmacro %}
