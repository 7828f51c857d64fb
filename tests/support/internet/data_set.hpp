#pragma once
// Public data as the tool holds it in memory. The files of the same data are written by files.hpp.

#include <memory>

#include "isthmus/ip2as/network_data.hpp"
#include "support/internet/public_data.hpp"

namespace isthmus::testing::internet {

struct DataSet {
  PublicData records;
  std::shared_ptr<const ip2as::NetworkData> data;  ///< The same, looked up fast. Never null.
};

[[nodiscard]] DataSet make_data_set(const Internet& internet);

}  // namespace isthmus::testing::internet
