#pragma once
// The store's words for what it is made of. Called within the store's locks.

#include "sqlite/database.hpp"

namespace isthmus::store {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Statement;
using sqlite::Transaction;

}  // namespace isthmus::store
