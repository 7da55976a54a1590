//! The products that the simulator plays, with the api-versions that they serve.

use documents::documents::Documents;

use crate::support::Shelf;

/// A product with one of its api-versions.
pub(crate) struct Played {
    /// As a scenario names it.
    pub(crate) product: &'static str,
    /// `7.1`; for `7.2` each resource has a preview of its own.
    pub(crate) version: &'static str,
    /// The document below `specs`.
    document: &'static str,
}

const fn played(product: &'static str, version: &'static str, document: &'static str) -> Played {
    Played {
        product,
        version,
        document,
    }
}

/// Every pair that has a document. A server also serves the versions of its elders.
pub(crate) const PLAYED: [Played; 16] = [
    played("services", "5.0", "build/5.0/build.json"),
    played("services", "5.1", "build/5.1/build.json"),
    played("services", "6.0", "build/6.0/build.json"),
    played("services", "7.0", "build/7.0/build.json"),
    played("services", "7.1", "build/7.1/build.json"),
    played("services", "7.2", "build/7.2/build.json"),
    played(
        "server-2019",
        "5.0",
        "build/azure-devops-server-5.0/build-onprem.json",
    ),
    played(
        "server-2020",
        "5.0",
        "build/azure-devops-server-5.0/build-onprem.json",
    ),
    played(
        "server-2020",
        "6.0",
        "build/azure-devops-server-6.0/build-onprem.json",
    ),
    played(
        "server-2022",
        "5.0",
        "build/azure-devops-server-5.0/build-onprem.json",
    ),
    played(
        "server-2022",
        "6.0",
        "build/azure-devops-server-6.0/build-onprem.json",
    ),
    played(
        "server-2022",
        "7.0",
        "build/azure-devops-server-7.0/build-onprem.json",
    ),
    played(
        "server-2022.1",
        "5.0",
        "build/azure-devops-server-5.0/build-onprem.json",
    ),
    played(
        "server-2022.1",
        "6.0",
        "build/azure-devops-server-6.0/build-onprem.json",
    ),
    played(
        "server-2022.1",
        "7.0",
        "build/azure-devops-server-7.0/build-onprem.json",
    ),
    played(
        "server-2022.1",
        "7.1",
        "build/azure-devops-server-7.1/build-onprem.json",
    ),
];

impl Played {
    pub(crate) fn shelf(&self, documents: &Documents) -> Shelf {
        Shelf::new(documents, self.document, self.version)
    }

    pub(crate) fn name(&self) -> String {
        format!("{} at {}", self.product, self.version)
    }

    /// A server's organization is a collection, below the path at which it is installed.
    pub(crate) fn organization(&self) -> &'static str {
        if self.product == "services" {
            "fabrikam"
        } else {
            "tfs/DefaultCollection"
        }
    }

    /// The models got template parameters and more ways to retry.
    pub(crate) fn is_of_seven(&self) -> bool {
        self.version.starts_with('7')
    }
}
