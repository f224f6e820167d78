#include <utility>

#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

Matrix learned_atoms(const Dictionary& dictionary) {
  if (dictionary.convolution()) return kernels_of(dictionary);
  if (dictionary.sparse())
    throw UsageError("of sparse dictionaries only a convolution is learned; give a dense one");
  return dictionary.dense();
}

Dictionary with_atoms(const Dictionary& like, Matrix atoms) {
  return like.convolution() ? convolution(*like.convolution(), atoms)
                            : Dictionary(std::move(atoms));
}

Dictionary with_atoms(const Dictionary& like, Matrix atoms, double largest_eigenvalue) {
  return like.convolution() ? convolution(*like.convolution(), atoms, largest_eigenvalue)
                            : Dictionary(std::move(atoms), largest_eigenvalue);
}

Matrix to_learned(const Dictionary& dictionary, Matrix gradient) {
  return dictionary.convolution() ? folded(*dictionary.convolution(), gradient)
                                  : std::move(gradient);
}

}  // namespace retrograde
