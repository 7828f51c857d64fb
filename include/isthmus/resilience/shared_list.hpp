#pragma once
// A list whose elements are immutable and shared with other lists: copying it costs a pointer an element, replacing
// one costs that element. Reads like a vector of const elements. Elements may be read by any thread; the list itself
// belongs to whoever holds it.

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace isthmus::resilience {

template <typename T>
class SharedList {
 public:
  using Element = std::shared_ptr<const T>;

  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    const_iterator() = default;
    explicit const_iterator(const Element* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    reference operator[](difference_type steps) const { return *at_[steps]; }
    const_iterator& operator++() { return *this += 1; }
    const_iterator& operator--() { return *this += -1; }
    const_iterator operator++(int) { return std::exchange(*this, *this + 1); }
    const_iterator operator--(int) { return std::exchange(*this, *this - 1); }
    const_iterator& operator+=(difference_type steps) {
      at_ += steps;
      return *this;
    }
    const_iterator& operator-=(difference_type steps) { return *this += -steps; }
    friend const_iterator operator+(const_iterator it, difference_type steps) { return it += steps; }
    friend const_iterator operator+(difference_type steps, const_iterator it) { return it += steps; }
    friend const_iterator operator-(const_iterator it, difference_type steps) { return it -= steps; }
    friend difference_type operator-(const const_iterator& a, const const_iterator& b) { return a.at_ - b.at_; }
    friend auto operator<=>(const const_iterator&, const const_iterator&) = default;

   private:
    const Element* at_{nullptr};
  };
  using iterator = const_iterator;
  using value_type = T;

  SharedList() = default;
  SharedList(std::initializer_list<T> elements) {
    for (const T& element : elements) push_back(element);
  }

  [[nodiscard]] std::size_t size() const { return elements_.size(); }
  [[nodiscard]] bool empty() const { return elements_.empty(); }
  [[nodiscard]] const T& operator[](std::size_t at) const { return *elements_[at]; }
  /// Throws std::out_of_range.
  [[nodiscard]] const T& at(std::size_t at) const { return *elements_.at(at); }
  [[nodiscard]] const T& front() const { return *elements_.front(); }
  [[nodiscard]] const T& back() const { return *elements_.back(); }
  [[nodiscard]] const_iterator begin() const { return const_iterator(elements_.data()); }
  [[nodiscard]] const_iterator end() const { return const_iterator(elements_.data() + elements_.size()); }

  void reserve(std::size_t size) { elements_.reserve(size); }
  void push_back(T element) { elements_.push_back(std::make_shared<const T>(std::move(element))); }
  /// `element` must not be null.
  void push_back(Element element) { elements_.push_back(std::move(element)); }
  void replace(std::size_t at, T element) { elements_[at] = std::make_shared<const T>(std::move(element)); }
  /// The element itself, to be shared with other lists.
  [[nodiscard]] const Element& shared(std::size_t at) const { return elements_[at]; }

 private:
  std::vector<Element> elements_;
};

}  // namespace isthmus::resilience
