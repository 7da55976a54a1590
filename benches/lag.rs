use crate::figures::Row;
use crate::product::Product;
pub(crate) fn measure(_: &Product) -> anyhow::Result<Vec<Row>> {
    Ok(Vec::new())
}
