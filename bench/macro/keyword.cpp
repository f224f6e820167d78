// How many deliveries a second does each scheduler handle on a keyword, forward and backward, and
// how close does the fast one come to the bare memory traffic over the same synapses?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool keyword = measure("keyword", keyword_figure);
[[maybe_unused]] static const bool recurrent =
    measure("keyword_recurrent", keyword_recurrent_figure);
[[maybe_unused]] static const bool recurrent_512 =
    measure("keyword_recurrent_512", keyword_recurrent_512_figure);
