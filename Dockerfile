# One image for every service. It installs from ./wheelhouse alone (`make wheelhouse`), so a build asks no registry, and needs
# no BuildKit. The base image is an argument, so that a network without internet can name its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS environment
WORKDIR /opt/targeted
COPY requirements.lock ./
COPY wheelhouse /wheelhouse
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-index --find-links /wheelhouse \
       --no-deps --require-hashes -r requirements.lock
# An editable install only points at the folder: a change of the code leaves this layer as it is.
COPY pyproject.toml README.md ./
RUN mkdir include expectations && touch include/__init__.py expectations/__init__.py \
    && /opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-index \
       --no-deps --no-build-isolation --editable .

FROM ${PYTHON_IMAGE}
ENV DO_NOT_TRACK=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /opt/targeted
# An empty volume takes owner and mode of the folder it covers, so the folders are made here.
RUN useradd --uid 50000 --create-home targeted \
    && install -d -o targeted -g targeted -m 0700 /airflow /backups /state \
    && install -d -o targeted -g targeted -m 0755 /state/inbox /state/published /state/board
COPY --from=environment /opt/venv /opt/venv
COPY pyproject.toml README.md ./
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY include include
COPY plugins plugins
RUN python3 -m compileall -q dags expectations include
USER targeted
ENV TARGETED_HOME=/state AIRFLOW_HOME=/airflow
