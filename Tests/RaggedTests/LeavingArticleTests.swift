import Foundation
import Testing

/// The article on leaving and arriving shows the Python that is tested.
@Suite struct LeavingArticleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }

  @Test(arguments: ["torch_dataset.py", "tf_data.py", "columns.py", "torch_columns.py", "tf_columns.py"])
  func theArticleShowsTheFileWordForWord(file: String) throws {
    let code = try text("fixtures/python/" + file)
    #expect(try text("Sources/Ragged/Ragged.docc/LeavingAndArriving.md").contains("```python\n\(code)```\n"))
    #expect(code.split(separator: "\n", omittingEmptySubsequences: false).dropLast().count < 20)
  }
}
