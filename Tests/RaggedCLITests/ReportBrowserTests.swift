import Foundation
import Testing

/// A browser shows the pages: runs where `RAGGED_BROWSER` names one that is a Chromium.
@Suite struct ReportBrowserTests {
  private static let browser = ProcessInfo.processInfo.environment["RAGGED_BROWSER"]

  @Test(.enabled(if: browser != nil, "RAGGED_BROWSER names no browser"))
  func pagesAreShownWithoutAComplaint() throws {
    let work = try MainJobTests.trained()
    try work.good("report", "s.sqlite", "-o", "data.html")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "run.html")
    try work.good("report", "s.sqlite", "--run", "1", "--run", "1", "-o", "again.html")
    try work.write("blank.html", "<!DOCTYPE html><title>blank</title>")
    let blank = try shot("blank.html", in: work)
    for name in ["data.html", "run.html", "again.html"] {
      for options in [[], ["--blink-settings=preferredColorScheme=0"]] {
        #expect(try shot(name, in: work, options) > 4 * blank, "\(name)")
      }
    }
    // A script that got through would change the title, which the browser gives back.
    let evil =
      "</title></style><script>document.title='changed'</script><img src=x onerror=\"document.title='changed'\">"
    try work.write("evil.csv", "id,x,label\n\"\(evil.replacing("\"", with: "\"\""))\",1,a\nb,2,c\n")
    try work.good("import", "e.sqlite", "evil.csv")
    try work.good("rename", "e.sqlite", "-d", "data", "--to", evil)
    try work.good("report", "e.sqlite", "-o", "evil.html")
    let page = try run(["--dump-dom"], "evil.html", in: work)
    #expect(page.output.contains("<h1>") && !page.output.contains("<title>changed"))
  }

  /// Tables keep their words whole on paper: a page with a letter a line is many pages long.
  @Test(.enabled(if: browser != nil, "RAGGED_BROWSER names no browser"))
  func pagesAreShortOnPaper() throws {
    let work = try Workspace()
    try work.write("d.csv", "id,x,label\na,1,one\na,2,one\nb,2,two\n")
    try work.good("import", "s.sqlite", "d.csv", "-q")
    try work.good("report", "s.sqlite", "-o", "d.html")
    try run(["--print-to-pdf=d.pdf", "--no-pdf-header-footer"], "d.html", in: work)
    let pdf = String(decoding: try work.data("d.pdf"), as: Unicode.ASCII.self)
    let pages = pdf.matches(of: /\/Type \/Page\b/).count
    #expect((1...2).contains(pages), "\(pages) pages")
  }

  /// - Returns: the bytes of a picture of a page.
  private func shot(_ name: String, in work: Workspace, _ options: [String] = []) throws -> Int {
    try run(["--screenshot=shot.png", "--window-size=1100,1600"] + options, name, in: work)
    return try work.data("shot.png").count
  }

  @discardableResult
  private func run(_ options: [String], _ name: String, in work: Workspace) throws -> CommandResult {
    let browser = try #require(Self.browser)
    let usual = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
      "--user-data-dir=\(work.url.path)/browser",
    ]
    let page = work.url.appending(path: name).absoluteString
    let result = try RunningCommand(URL(filePath: browser), usual + options + [page], in: work.url).result()
    #expect(result.status == 0 && !result.errors.contains("CONSOLE"), "\(result.errors)")
    return result
  }
}
