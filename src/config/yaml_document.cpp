#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <vector>

namespace isthmus::config {
namespace {

// Listens to where documents start, and to nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { starts_.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  [[nodiscard]] const std::vector<YAML::Mark>& starts() const { return starts_; }

 private:
  std::vector<YAML::Mark> starts_;
};

// Notes whatever follows the first document. YAML::LoadAll would not do: at a stray ',' or ']' outside of brackets
// yaml-cpp 0.7 starts one empty document after the other without ever moving on.
bool is_one_document(Reader& reader, const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts documents;
  if (!parser.HandleNextDocument(documents) || !parser.HandleNextDocument(documents)) return true;
  reader.note(documents.starts().back(), "the document ends before this, and another starts",
              "keep one document in the file; a stray bracket or comma ends one, too");
  return false;
}

}  // namespace

std::optional<YAML::Node> parse_yaml(Reader& reader, const std::string& text, const char* mend_empty) {
  try {
    if (!is_one_document(reader, text)) return std::nullopt;
    const YAML::Node document = YAML::Load(text);
    if (!document.IsNull() || mend_empty == nullptr) return document;
    reader.note(YAML::Mark::null_mark(), "the file is empty", mend_empty);
  } catch (const YAML::Exception& error) {
    reader.note(error.mark, "not YAML: " + error.msg, "check quotes, brackets and indentation on and before this line");
  }
  return std::nullopt;
}

}  // namespace isthmus::config
