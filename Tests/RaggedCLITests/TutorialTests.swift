import Foundation
import Testing

/// The article "From a CSV to predictions": its commands run, and print what it shows.
@Suite struct TutorialTests {
  @Test func theCommandsOfTheTutorialPrintWhatItShows() throws {
    let session = try ArticleSession("FromCSVToPrediction")
    #expect(session.blocks.count >= 7)
    try session.run(in: Workspace(), exact: ["head", "ragged import", "ragged stats", "ragged plan"])
  }
}
