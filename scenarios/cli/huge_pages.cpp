// Large pieces of memory come in huge pages where the system has them, all through the program: the
// weights of a network and what goes with them are met in no order, and a processor remembers where
// some thousand pages are (bench/README.md has what it brings). A program that links the libraries
// decides for itself; GLIBC_TUNABLES=glibc.malloc.hugetlb=1 does much the same.
//
// This replaces operator new of the program, which the language foresees. The sanitizers bring their
// own, which see more.
#include <cstddef>

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

void* take(std::size_t size) {
  if (size < huge_page) return std::malloc(size == 0 ? 1 : size);
  void* p = nullptr;
  if (posix_memalign(&p, huge_page, size) != 0) return nullptr;
  madvise(p, size, MADV_HUGEPAGE);  // without huge pages nothing comes of it
  return p;
}

}  // namespace

void* operator new(std::size_t size) {
  for (;;) {
    if (void* p = take(size)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

#endif
