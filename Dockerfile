# One image for every Airflow component. Base image by argument, so that a network without internet can name its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}

ENV DO_NOT_TRACK=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

WORKDIR /opt/targeted
COPY requirements.lock ./
RUN python3 -m venv /opt/venv && pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --uid 50000 --create-home targeted \
    && mkdir -p /state /airflow && chown targeted /state /airflow
USER targeted
ENV TARGETED_HOME=/state AIRFLOW_HOME=/airflow
