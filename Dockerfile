# The bank, and what loads it: `docker build -t cooprogreso-sandbox .`; see loadtests/compose.yaml.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY sandbox sandbox
COPY loadtests loadtests
COPY rules rules
COPY seed seed
COPY examples/playwright examples/playwright
RUN python -m venv /opt/bank && /opt/bank/bin/python -m pip install --no-cache-dir -c constraints.txt '.[load,postgres]'
# The golden database is made here, once, instead of at every first start.
RUN SANDBOX_DATA_DIR=/data /opt/bank/bin/sandbox seed

FROM python:3.13-slim
COPY --from=build /opt/bank /opt/bank
COPY --from=build --chown=10001:10001 /data /data
# The load's services name their file from here.
COPY --from=build /source/loadtests /bank/loadtests
WORKDIR /bank
# A number, which a host can tell from root without the image's list of users. Nothing but /data is written.
USER 10001:10001
ENV PATH=/opt/bank/bin:$PATH SANDBOX_HOST=0.0.0.0 SANDBOX_DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["sandbox", "ready"]
CMD ["sandbox", "serve"]
