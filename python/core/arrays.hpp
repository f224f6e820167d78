// Arrays between C++ and NumPy. Out go views of vectors that somebody owns, read-only and without a
// copy; in come arrays that are C-contiguous and of the right type, which NumPy makes of others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <initializer_list>
#include <memory>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>

namespace retrograde::python {

namespace nb = nanobind;

template <typename T>
using View = nb::ndarray<nb::numpy, const T>;
using Doubles = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Integers = nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>;

// Keeps `owner` alive as long as somebody has a view.
template <typename Owner>
nb::capsule keeper(std::shared_ptr<Owner> owner) {
  using Held = std::shared_ptr<Owner>;
  return nb::capsule(new Held(std::move(owner)),
                     [](void* held) noexcept { delete static_cast<Held*>(held); });
}

template <typename T, typename Owner>
View<T> view(const T* data, std::vector<std::size_t> shape, std::shared_ptr<Owner> owner) {
  // An empty vector has no address, and an array wants one.
  static const T nothing{};
  return View<T>(data ? data : &nothing, shape.size(), shape.data(), keeper(std::move(owner)));
}

// Of a vector within what `owner` keeps.
template <typename T, typename Owner>
View<T> view(const std::vector<T>& values, std::shared_ptr<Owner> owner) {
  return view(values.data(), {values.size()}, std::move(owner));
}

// An array of its own.
template <typename T>
View<T> array(std::vector<T> values, std::vector<std::size_t> shape) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  const T* data = owner->data();
  return view(data, std::move(shape), std::move(owner));
}
template <typename T>
View<T> array(std::vector<T> values) {
  const std::size_t size = values.size();
  return array(std::move(values), {size});
}

inline std::vector<double> copied(const Doubles& given) {
  return {given.data(), given.data() + given.size()};
}

// "(3, 4)"
template <typename Array>
std::string shape_text(const Array& given) {
  std::string text = "(";
  for (std::size_t k = 0; k < given.ndim(); ++k)
    text += fmt::format("{}{}", k ? ", " : "", given.shape(k));
  return text + (given.ndim() == 1 ? ",)" : ")");
}

// Throws UsageError unless the array has that size, whatever its shape.
template <typename Array>
void want_size(const Array& given, std::size_t size, const char* name, const std::string& what) {
  if (given.size() != size)
    throw UsageError(fmt::format("{} has the shape {}; it needs {} values, {}", name,
                                 shape_text(given), size, what));
}

// Throws UsageError unless the array has that shape.
template <typename Array>
void want_shape(const Array& given, std::initializer_list<std::size_t> shape, const char* name,
                const std::string& what) {
  bool right = given.ndim() == shape.size();
  for (std::size_t k = 0; right && k < shape.size(); ++k)
    right = given.shape(k) == shape.begin()[k];
  if (right) return;
  std::string wanted;
  for (const std::size_t size : shape)
    wanted += fmt::format("{}{}", wanted.empty() ? "" : ", ", size);
  throw UsageError(fmt::format("{} has the shape {}; it needs ({}{}), {}", name, shape_text(given),
                               wanted, shape.size() == 1 ? "," : "", what));
}

}  // namespace retrograde::python
