// A Vendure of tests: one SQLite file, the one custom field that docs/networks/vendure.toml asks for, and nothing that it does not need.
const { bootstrap, DefaultLogger, dummyPaymentHandler, LogLevel } = require('@vendure/core');

bootstrap({
  apiOptions: { port: Number(process.env.VENDURE_PORT), hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: { tokenMethod: ['bearer'], superadminCredentials: { identifier: 'superadmin', password: process.env.VENDURE_PASSWORD } },
  dbConnectionOptions: { type: 'better-sqlite3', database: process.env.VENDURE_DATABASE, synchronize: true },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  customFields: { Order: [{ name: 'gatewayReference', type: 'string', nullable: true }] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
  plugins: [],
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
