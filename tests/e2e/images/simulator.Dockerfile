# Azure DevOps, simulated. A service container cannot be given arguments, so the scenario is part of the image.
FROM scratch
COPY azure-pipelines-simulator scenario.toml /
ENTRYPOINT ["/azure-pipelines-simulator", "/scenario.toml", "--listen", "0.0.0.0:8080"]
