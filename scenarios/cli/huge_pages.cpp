// Large pieces of memory come in huge pages where the system has them, all through the program: the
// weights of a network and what goes with them are met in no order, and a processor remembers where
// some thousand pages are (bench/README.md has what it brings). A program that links the libraries
// decides for itself; GLIBC_TUNABLES=glibc.malloc.hugetlb=1 does much the same.
//
// This replaces operator new of the program, which the language foresees. The sanitizers bring their
// own, which see more.
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RETROGRADE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RETROGRADE_SANITIZED
#endif
#endif

#if defined(__linux__) && !defined(RETROGRADE_SANITIZED)

#include <algorithm>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

void* take(std::size_t size, std::size_t alignment) {
  const bool large = size >= huge_page;
  if (!large && alignment <= alignof(std::max_align_t))
    return std::malloc(std::max(size, std::size_t{1}));
  void* p = nullptr;
  if (posix_memalign(&p, large ? std::max(alignment, huge_page) : alignment, size) != 0)
    return nullptr;
  if (large) madvise(p, size, MADV_HUGEPAGE);  // without huge pages nothing comes of it
  return p;
}

void* take_or_throw(std::size_t size, std::size_t alignment) {
  for (;;) {
    if (void* p = take(size, alignment)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

void* operator new(std::size_t size) { return take_or_throw(size, 1); }
void* operator new[](std::size_t size) { return take_or_throw(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return take_or_throw(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

#endif
