//! What a list is sorted by.

use authority::search::{Column, MOST_ORDERS, Path};

use super::field::{End, Field};
use super::model::Model;
use super::refused::Refused;

/// Columns; `true` sorts downwards.
pub(in crate::awx) type Order = Vec<(Path, bool)>;

/// Reads names with commas between, each downwards after `-`; then comes the model's own order.
pub(super) fn read(model: Model, names: Option<&str>) -> Result<Order, Refused> {
    let mut order = Order::new();
    for name in names.into_iter().flat_map(|names| names.split(',')).take(MOST_ORDERS + 1) {
        let (path, downwards) = name.strip_prefix('-').map_or((name, false), |path| (path, true));
        if path.is_empty() {
            return Err(Refused::field(model, path));
        }
        order
            .extend(columns(&Field::find(model, path)?)?.into_iter().map(|path| (path, downwards)));
        if order.len() > MOST_ORDERS {
            return Err(Refused::saying(format!("At most {MOST_ORDERS} columns to order by.")));
        }
    }
    for (links, column) in model.order() {
        let path = Path::across(model.thing(), links, *column);
        order.extend(path.filter(|path| lacks(&order, path)).map(|path| (path, false)));
    }
    order.truncate(MOST_ORDERS);
    Ok(order)
}

fn lacks(order: &[(Path, bool)], path: &Path) -> bool {
    !order.iter().any(|(known, _)| known == path)
}

/// What a field is sorted by: a relation by what its model has of its own, since what lies behind that is not
/// told to everybody who sees the list.
fn columns(field: &Field<'_>) -> Result<Vec<Path>, Refused> {
    match field.end {
        End::Column(column) => Ok(vec![field.path(&[], column)?]),
        End::Special => Err(Refused::saying(format!("{} cannot be ordered by", field.name))),
        End::Relation(model) if matches!(model, Model::User) || model.order().is_empty() => {
            Ok(vec![field.path(&[], Column::Number)?])
        }
        End::Relation(model) => {
            let own = model.order().iter().filter(|(links, _)| links.is_empty());
            own.map(|(_, column)| field.path(&[], *column)).collect()
        }
    }
}
