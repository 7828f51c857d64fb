#include "isthmus/resilience/baseline.hpp"

namespace isthmus::resilience {

const char* to_string(Redundancy redundancy) {
  switch (redundancy) {
    case Redundancy::never: return "never";
    case Redundancy::held: return "held";
    case Redundancy::lost: return "lost";
  }
  return "never";
}

}  // namespace isthmus::resilience
