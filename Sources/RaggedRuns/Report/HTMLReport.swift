import Foundation
import RaggedCore
import RaggedReport
import RaggedStore

/// What a store holds, or what came of its runs, as one page of HTML that needs nothing else: no network, no script.
///
/// See the article "Report" of the documentation.
public struct HTMLReport: Sendable {
  /// The characters of the file: HTML that is well-formed XML too.
  public let html: String
  /// What could not be said, and why; the page says it too.
  public let notes: [String]

  init(_ page: ReportPage) {
    var page = page
    page.footer = "Written by ragged report."
    html = page.html
    notes = page.notes
  }

  /// Writes the page, whole or not at all; a file that is there is replaced.
  /// - Throws: `WriterError`.
  public func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try Array(html.utf8).withUnsafeBytes(file.write)
    try file.commit()
  }
}

extension Sequence<String> {
  /// The names with commas, the later ones counted where there are many.
  func listed(limit: Int = 8) -> String {
    let names = Array(self)
    let shown = names.prefix(limit).map { $0.clipped(to: 40) }.joined(separator: ", ")
    return names.count <= limit ? shown : shown + " and \(NumberText.whole(names.count - limit)) more"
  }
}
