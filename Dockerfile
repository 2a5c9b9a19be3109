# The bank, and what loads it: `docker build -t cooprogreso-sandbox .`; see loadtests/compose.yaml.
FROM python:3.13-slim
WORKDIR /bank
COPY pyproject.toml constraints.txt README.md ./
COPY sandbox sandbox
COPY loadtests loadtests
COPY rules rules
COPY seed seed
RUN python -m pip install --no-cache-dir -c constraints.txt -e '.[load]' && useradd bank && mkdir /data && chown bank /data
USER bank
ENV SANDBOX_HOST=0.0.0.0 SANDBOX_DATA_DIR=/data
EXPOSE 8000
CMD ["sandbox", "serve"]
